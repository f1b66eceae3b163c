"""The command `tensorboard-neural`: open a trained model on pictures, or run the demo."""
