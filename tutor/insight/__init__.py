"""What the labs that look into a model make of their artefacts: reports, and questions with answers from one run."""
