"""Answer requests for ablations, attacks, saliency maps and strips."""
