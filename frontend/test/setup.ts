/** What browsers have and happy-dom lacks: popovers, which show nothing here. */

HTMLElement.prototype.showPopover ??= () => {};
HTMLElement.prototype.hidePopover ??= () => {};
