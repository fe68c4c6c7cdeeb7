"""What the script ``khabar`` of the checkout runs."""

from services.cli import main

main()
