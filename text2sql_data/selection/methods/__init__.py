"""The methods of selection, one file each: from parameters that a person gives to a selector."""
