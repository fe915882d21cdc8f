"""A claimed completion is looked at: before beside after, swiped over it, or their difference; and what hints say."""
