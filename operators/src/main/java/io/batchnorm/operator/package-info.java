/**
 * Flink operators, thin shells around {@code core}: fetch the state, call a pure function, write
 * the state back, emit. {@link io.batchnorm.operator.BatchNormalization} is the way in to learning,
 * {@link io.batchnorm.operator.BatchNormServing} to serving what was learned.
 *
 * <p>Uids and state names are constants: renaming one would lose state on restore. No state is
 * changed in place; what is fetched is replaced as a whole and written back every time. A batch
 * that cannot be normalized goes to the side output <em>rejected</em> and leaves the state of its
 * key as it was, to the bit.
 */
package io.batchnorm.operator;
