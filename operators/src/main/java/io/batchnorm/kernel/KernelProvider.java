package io.batchnorm.kernel;

import java.util.logging.Logger;

/**
 * Chooses the kernels once per process, by the system property {@value #PROPERTY}.
 *
 * <p>{@code auto} (the default) takes the fastest implementation that this JVM can run; naming one
 * fails loudly where it is not available. The choice changes speed, never a bit of the results. It
 * is logged once.
 */
public final class KernelProvider {
  /** System property that names the kernels: {@code auto} or {@code scalar}. */
  public static final String PROPERTY = "batchnorm.kernels";

  private static final Logger LOG = Logger.getLogger(KernelProvider.class.getName());

  private KernelProvider() {}

  /** The kernels of this process. */
  public static Kernels kernels() {
    return Chosen.KERNELS;
  }

  static Kernels select(String choice) {
    return switch (choice) {
      case "auto", "scalar" -> new ScalarKernels();
      default ->
          throw new IllegalArgumentException(
              "-D%s=%s is not one of auto, scalar".formatted(PROPERTY, choice));
    };
  }

  private static final class Chosen {
    static final Kernels KERNELS = announced(select(System.getProperty(PROPERTY, "auto")));

    private static Kernels announced(Kernels kernels) {
      LOG.fine(() -> "%s kernels; -D%s chooses others".formatted(kernels.name(), PROPERTY));
      return kernels;
    }
  }
}
