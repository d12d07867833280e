package io.batchnorm.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Runs code that HotSpot's compiler must not inline into its caller. It counts what it inlines into
 * one method, and beyond a limit leaves vector operations as calls, which make objects and are ten
 * times slower. A caller may be near that limit already, whoever it is; code that runs apart begins
 * at zero.
 *
 * <p>The limit is 100 guesses of a class that failed before, in all that is inlined (HotSpot's
 * PerMethodTrapLimit). Every operation but loads, stores and conversions has a step where up to
 * four did (PerBytecodeTrapLimit): as many as operations were new to it when it was compiled, which
 * is chance. So code that runs apart has at most {@link #OPERATIONS} of them.
 */
final class Apart {
  /** Vector operations that the compiler always takes in one method. */
  static final int OPERATIONS = 25;

  interface Code {
    void run();
  }

  /** Not final: the compiler inlines what a constant handle stands for. */
  @SuppressWarnings("FieldMayBeFinal")
  private static MethodHandle run = handle();

  private Apart() {}

  private static MethodHandle handle() {
    try {
      return MethodHandles.lookup()
          .findVirtual(Code.class, "run", MethodType.methodType(void.class));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  static void run(Code code) {
    try {
      run.invokeExact(code);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
