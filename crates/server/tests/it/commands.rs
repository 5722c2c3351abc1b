//! The command line beside the demo: configuration, serving, administration.
