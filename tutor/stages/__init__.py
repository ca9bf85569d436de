"""Stages that the recipes in `labs/` share. What a recipe is about stays in the recipe."""
