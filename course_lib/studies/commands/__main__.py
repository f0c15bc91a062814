"""Train the networks that lesson 12 loads, and print what they reach: ``python -m course_lib.studies.commands``."""

from course_lib.studies.commands.making import main

if __name__ == "__main__":
    main()
