package io.batchnorm.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The registers of this process, constants because the compiler makes instructions only of those.
 * As wide as the CPU's, unless {@link KernelProvider#BITS} asks for fewer bits.
 */
final class Species {
  static final int BITS = VectorKernels.bits();

  static final VectorSpecies<Double> DOUBLES = VectorShape.forBitSize(BITS).withLanes(double.class);

  /**
   * As many floats as there are doubles in a register. There are no others: for loads of two kinds
   * of FloatVector the compiler makes objects.
   */
  static final VectorSpecies<Float> FLOATS =
      VectorShape.forBitSize(BITS / 2).withLanes(float.class);

  /** Doubles in a register, floats in half of one. */
  static final int WIDTH = DOUBLES.length();

  private Species() {}

  /** The values at {@code at} and after, widened. */
  static DoubleVector load(float[] values, int at) {
    return (DoubleVector) floats(values, at).convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  /** The values at {@code at} and after, as they are. */
  static FloatVector floats(float[] values, int at) {
    return FloatVector.fromArray(FLOATS, values, at);
  }

  static DoubleVector load(double[] values, int at) {
    return DoubleVector.fromArray(DOUBLES, values, at);
  }

  /** Rounds to float. */
  static FloatVector narrow(DoubleVector values) {
    return (FloatVector) values.convertShape(VectorOperators.D2F, FLOATS, 0);
  }
}
