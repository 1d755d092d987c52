"""What the command line prints: matches and cards that a clinician can read in a terminal."""
