"""Credit: who asks for loans, who gets them, on which terms, and what is owed."""
