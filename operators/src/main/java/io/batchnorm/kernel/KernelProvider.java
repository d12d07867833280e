package io.batchnorm.kernel;

import java.util.logging.Logger;

/**
 * Chooses the kernels once per process, by the system property {@value #PROPERTY}:
 *
 * <ul>
 *   <li>{@code vector} is SIMD by {@code jdk.incubator.vector}, a module that a JVM has only if it
 *       is started with {@value #FLAG}. Needs a compiler that knows it: HotSpot's does.
 *   <li>{@code scalar} is plain Java.
 *   <li>{@code auto} (the default) takes {@code vector} if this JVM can run it, and else {@code
 *       scalar}, which it logs with the flag.
 * </ul>
 *
 * <p>Naming one fails loudly where it is not available. The choice changes speed, never a bit of
 * the results.
 */
public final class KernelProvider {
  /** System property that names the kernels: {@code auto}, {@code scalar} or {@code vector}. */
  public static final String PROPERTY = "batchnorm.kernels";

  /**
   * System property for the bits of a SIMD register: 128, 256 or 512, at most what the CPU has,
   * which is the default. Some CPUs clock down when the widest registers are used.
   */
  public static final String BITS = "batchnorm.kernels.bits";

  /** What a JVM wants at its start, to have SIMD kernels. */
  public static final String FLAG = "--add-modules jdk.incubator.vector";

  private static final String MODULE = "jdk.incubator.vector";

  private static final Logger LOG = Logger.getLogger(KernelProvider.class.getName());

  private KernelProvider() {}

  /** The kernels of this process. */
  public static Kernels kernels() {
    return Chosen.KERNELS;
  }

  static Kernels select(String choice) {
    return switch (choice) {
      case "auto" -> vectorOrScalar();
      case "scalar" -> new ScalarKernels();
      case "vector" -> vector();
      default ->
          throw new IllegalArgumentException(
              "-D%s=%s is not one of auto, scalar, vector".formatted(PROPERTY, choice));
    };
  }

  private static Kernels vectorOrScalar() {
    try {
      return vector();
    } catch (IllegalStateException e) {
      LOG.info(e.getMessage() + "; plain Java computes the same numbers, slower");
      return new ScalarKernels();
    }
  }

  private static Kernels vector() {
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      throw new IllegalStateException("SIMD kernels want a JVM that is started with " + FLAG);
    }
    try {
      return Loaded.vector();
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "SIMD kernels do not run with the %s of Java %s (%s)"
              .formatted(MODULE, Runtime.version(), e),
          e);
    }
  }

  /** Keeps the names of the module's classes away from those who do not have it. */
  private static final class Loaded {
    static Kernels vector() {
      return VectorKernels.create();
    }
  }

  private static final class Chosen {
    static final Kernels KERNELS = announced(select(System.getProperty(PROPERTY, "auto")));

    private static Kernels announced(Kernels kernels) {
      LOG.fine(() -> "%s kernels; -D%s chooses others".formatted(kernels, PROPERTY));
      if (FusedMultiplyAdd.isSlow()) {
        LOG.warning(
            "this CPU or JVM has no fused multiply-add (HotSpot's flag UseFMA is off); Java computes"
                + " it digit by digit, and batch norm is hundreds of times slower");
      }
      return kernels;
    }
  }
}
