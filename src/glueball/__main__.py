"""``python -m glueball`` is the command ``glueball``."""

from glueball.cli import main

if __name__ == "__main__":
    main()
