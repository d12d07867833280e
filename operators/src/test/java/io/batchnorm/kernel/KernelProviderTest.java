package io.batchnorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class KernelProviderTest {
  @Test
  void scalarKernelsCanBeAskedFor() {
    assertThat(KernelProvider.select("scalar").name()).isEqualTo("scalar");
  }

  @Test
  void autoFindsKernels() {
    assertThat(KernelProvider.select("auto").name()).isNotEmpty();
  }

  @Test
  void choosesOncePerProcess() {
    Kernels first = KernelProvider.kernels();

    assertThat(KernelProvider.kernels()).isSameAs(first);
  }

  @Test
  void refusesAnUnknownNameAndListsTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelProvider.select("gpu"))
        .withMessageContaining("-Dbatchnorm.kernels=gpu")
        .withMessageContaining("auto, scalar");
  }

  @Test
  void blockAndLanesArePartOfTheFormat() {
    assertThat(new int[] {Kernels.BLOCK, Kernels.LANES}).containsExactly(1024, 16);
  }
}
