"""Record linkage on arrays: near pairs, agreement, weights, assignment, partitions."""
