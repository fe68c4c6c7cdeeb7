"""Language knowledge that more than one service needs: letters, digits, calendars, names across scripts."""
