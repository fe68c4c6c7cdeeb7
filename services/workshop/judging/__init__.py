"""Quality on labelled data: what ``khabar eval`` runs."""
