/**
 * Flink's view of the data: the records that cross the network, their type information, serializers
 * and serializer snapshots.
 *
 * <p>All of it is immutable. So every serializer says so and copies by identity, which lets Flink
 * pass records along a chain of operators without copying, whether object reuse is on or not. State
 * is replaced, never changed in place; that keeps asynchronous snapshots right.
 *
 * <p>Byte layouts are drawn at each serializer and belong to a version. A new layout is a new
 * version: its number goes up, the old branch of {@code read} stays, and the binaries under {@code
 * src/test/resources/state} of released versions stay readable. Numbers are big-endian, except the
 * values of feature maps. Nothing here uses Kryo or Java serialization. Lengths are checked before
 * anything is allocated.
 */
package io.batchnorm.types;
