"""Why an effect is small or large: reasons of all plants by tonnes, what is missing, next door, next levers."""
