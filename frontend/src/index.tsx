import { render as mount } from "preact";
import { App } from "./App";
import { askAgain, follow } from "./host/sync";
import { Failure } from "./shell/Failure";
import css from "./style.css?inline";
import { Retry } from "./ui/Message";

/** What TensorBoard calls, once, in our frame. Whatever goes wrong is shown: else the tab would stay white. */
export async function render(): Promise<void> {
  const root = document.createElement("div");
  root.id = "root";
  document.body.append(root);
  try {
    describeDocument();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
    follow();
    mount(
      <Failure>
        <Retry.Provider value={askAgain}>
          <App />
        </Retry.Provider>
      </Failure>,
      root,
    );
  } catch (error) {
    root.textContent = `Neural cannot start: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** TensorBoard's frame has neither language nor title. */
function describeDocument(): void {
  document.documentElement.lang = "en";
  document.title = "Neural";
}
