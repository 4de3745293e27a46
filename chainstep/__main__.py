"""python -m chainstep."""

from chainstep.cli import main

if __name__ == "__main__":
    main()
