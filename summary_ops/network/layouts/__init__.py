"""Which axes of layers' outputs hold inputs, units and positions: established, not guessed."""
