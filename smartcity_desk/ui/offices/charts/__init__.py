"""Charts that compare offices fairly. `frame` stands in the screen at once; what draws is loaded when it is shown."""
