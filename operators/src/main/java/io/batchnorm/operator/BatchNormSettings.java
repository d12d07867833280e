package io.batchnorm.operator;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import java.io.Serializable;

/**
 * What the keyed operator is told when the job is built.
 *
 * @param config of every layer
 * @param mode {@link Mode#EVAL} never learns
 * @param seeds directives in force before the first record
 * @param beforeControl directives of the control stream from before its first record, taken in by a
 *     job that has no state of that stream; null if the stream has no such history
 * @param statisticsEvery batches of a key between two records of its statistics, 0 for never
 * @param ownsInput whether batches reach the operator alone, so that it may write over them
 * @param stateTtl milliseconds after which an idle key is forgotten, 0 for never
 * @param tellsOpened whether an {@link OpenedBatch} may come
 */
record BatchNormSettings(
    BatchNormConfig config,
    Mode mode,
    SeedDirectives seeds,
    SeedDirectives beforeControl,
    long statisticsEvery,
    boolean ownsInput,
    long stateTtl,
    boolean tellsOpened)
    implements Serializable {}
