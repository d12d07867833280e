package io.batchnorm.core;

/**
 * What one batch did to one layer.
 *
 * @param y the normalized batch
 * @param mode which statistics normalized it
 * @param numBatchesTracked of the running statistics: in train mode after this batch, in eval mode
 *     of those that normalized it
 * @param next the layer after it
 */
public record Step(FeatureMap y, Mode mode, long numBatchesTracked, LayerState next) {}
