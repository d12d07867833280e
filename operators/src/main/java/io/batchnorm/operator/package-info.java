/**
 * Flink operators, thin shells around {@code core}: fetch the state, call a pure function, write
 * the state back, emit. {@link io.batchnorm.operator.BatchNormalization} is the way in to learning,
 * {@link io.batchnorm.operator.BatchNormServing} to serving what was learned.
 *
 * <p>Uids and state names are constants: renaming one would lose state on restore. No state is
 * changed in place; what is fetched is replaced as a whole and written back every time. A batch
 * that cannot be normalized goes to the side output <em>rejected</em> and leaves the state of its
 * key as it was, to the bit.
 *
 * <p>Batches above 4 MiB cross shuffles in pieces of some samples each: {@code CutFunction} makes
 * them, {@code JoinOperator} puts them together in front of what takes whole ones. Layers may also
 * be cut into slices of channels, each with its own state: {@code SliceFunction} decides over whole
 * batches and leads, {@code SliceOperator} normalizes and learns, and whatever comes to a slice
 * comes in its turn, whatever the network does.
 */
package io.batchnorm.operator;
