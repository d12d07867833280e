package io.batchnorm.core;

/**
 * What one training step gives.
 *
 * @param y the batch, normalized by its own statistics
 * @param statistics the running statistics after it
 */
public record TrainResult(FeatureMap y, RunningStatistics statistics) {}
