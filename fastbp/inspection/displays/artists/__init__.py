"""What pictures are drawn with: the room that imports Matplotlib, opened when one is drawn."""
