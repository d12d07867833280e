package io.batchnorm.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Runs code that HotSpot's compiler must not inline into its caller. It counts what it inlines into
 * one method, and beyond a limit leaves vector operations as calls, which make objects and are ten
 * times slower. A caller may be near that limit already, whoever it is; code that runs apart begins
 * at zero.
 */
final class Apart {
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
