package io.batchnorm.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.VectorShape;

/**
 * Every implementation, SIMD ones at every width that this CPU has. The width is a constant of a
 * class, so that the compiler makes instructions of it; here the classes are loaded once for each.
 */
final class EveryKernels {
  private static final List<Kernels> ALL = load();

  private EveryKernels() {}

  static List<Kernels> all() {
    return ALL;
  }

  private static List<Kernels> load() {
    List<Kernels> all = new ArrayList<>(List.of(new ScalarKernels()));
    int available = VectorShape.preferredShape().vectorBitSize();
    for (int bits = 128; bits <= available; bits *= 2) {
      all.add(vector(bits));
    }
    return List.copyOf(all);
  }

  private static Kernels vector(int bits) {
    String before = System.getProperty(KernelProvider.BITS);
    System.setProperty(KernelProvider.BITS, String.valueOf(bits));
    try {
      Class<?> loaded = new OwnClasses().loadClass(VectorKernels.class.getName());
      Constructor<?> constructor = loaded.getDeclaredConstructor();
      constructor.setAccessible(true);
      Kernels kernels = (Kernels) constructor.newInstance();
      if (!kernels.toString().equals("vector (%d bits)".formatted(bits))) {
        throw new AssertionError(kernels + " instead of " + bits);
      }
      return kernels;
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    } finally {
      if (before == null) {
        System.clearProperty(KernelProvider.BITS);
      } else {
        System.setProperty(KernelProvider.BITS, before);
      }
    }
  }

  /** Has its own copy of each class of this package but the interface. */
  private static final class OwnClasses extends ClassLoader {
    OwnClasses() {
      super(EveryKernels.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("io.batchnorm.kernel.") || name.equals(Kernels.class.getName())) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
