"""`python -m tensorboard_neural`, for where the command is not on the path."""

from tensorboard_neural.cli import main

if __name__ == "__main__":
    main()
