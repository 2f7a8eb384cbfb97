"""The routes: a folder for each way to look, named as in app/inspection."""
