"""From payload to visible text: charset, markup, the article inside of a page."""
