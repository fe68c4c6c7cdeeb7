"""What each line of a page is: article, furniture, source, date."""
