"""Run the command line as `python -m tanlu`, where its script is not on the path."""

from tanlu.cli.main import main

if __name__ == "__main__":
    main()
