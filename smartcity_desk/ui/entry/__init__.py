"""Reports by telephone, in person and by letter, entered at the desk."""
