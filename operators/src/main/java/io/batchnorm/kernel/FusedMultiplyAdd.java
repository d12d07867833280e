package io.batchnorm.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** Whether this process has an instruction for {@link Math#fma(double, double, double)}. */
final class FusedMultiplyAdd {
  private FusedMultiplyAdd() {}

  /** Without one Java computes with BigDecimal: the same numbers, hundreds of times slower. */
  static boolean isSlow() {
    try {
      return Flag.isOff();
    } catch (LinkageError | IllegalArgumentException e) {
      // Not HotSpot, or one without that flag. Every CPU it is likely to run on has the
      // instruction.
      return false;
    }
  }

  /** Keeps the name of the bean's class away from JVMs that do not have it. */
  private static final class Flag {
    static boolean isOff() {
      HotSpotDiagnosticMXBean hotSpot =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return hotSpot != null && hotSpot.getVMOption("UseFMA").getValue().equals("false");
    }
  }
}
