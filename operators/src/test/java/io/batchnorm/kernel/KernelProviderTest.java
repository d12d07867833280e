package io.batchnorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelProviderTest {
  private static final String MODULE = OtherJvm.MODULE;

  @Test
  void scalarKernelsCanBeAskedFor() {
    assertThat(KernelProvider.select("scalar").name()).isEqualTo("scalar");
  }

  @Test
  void vectorKernelsCanBeAskedFor() {
    assertThat(KernelProvider.select("vector").name()).isEqualTo("vector");
  }

  @Test
  void autoTakesTheFastest() {
    assertThat(KernelProvider.select("auto").name()).isEqualTo("vector");
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
        .withMessageContaining("auto, scalar, vector");
  }

  @Test
  void blockAndLanesArePartOfTheFormat() {
    assertThat(new int[] {Kernels.BLOCK, Kernels.LANES}).containsExactly(1024, 16);
  }

  @Test
  void withoutTheModuleAutoIsScalarAndSaysOnceWhichFlagHelps() throws Exception {
    String output = outputOfJvm();

    assertThat(output)
        .contains("chose scalar")
        .containsOnlyOnce("--add-modules jdk.incubator.vector");
  }

  @Test
  void withoutTheModuleVectorFailsAndSaysWhichFlagIsMissing() throws Exception {
    String output = outputOfJvm("-Dbatchnorm.kernels=vector");

    assertThat(output)
        .contains("IllegalStateException")
        .contains("--add-modules jdk.incubator.vector")
        .doesNotContain("chose");
  }

  @Test
  void withTheModuleNothingIsLogged() throws Exception {
    String output = outputOfJvm(MODULE);

    assertThat(output.lines())
        .anyMatch(line -> line.matches("chose vector \\(\\d+ bits\\)"))
        .allMatch(line -> line.startsWith("chose") || line.contains("incubator modules"));
  }

  /**
   * Without AVX the compiler has no instruction for some of the operations; other CPUs know no AVX.
   */
  @Test
  @EnabledOnOs(architectures = "amd64")
  void oldCpusHavePlainKernels() throws Exception {
    String output = outputOfJvm(MODULE, "-XX:UseAVX=0");

    assertThat(output).contains("want registers of 256 bits").contains("chose scalar");
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void withoutFusedMultiplyAddItIsLoggedOnceThatAllIsSlow(String kernels) throws Exception {
    String output = outputOfJvm(MODULE, "-XX:-UseFMA", "-Dbatchnorm.kernels=" + kernels);

    assertThat(output).containsOnlyOnce("UseFMA is off").contains("chose " + kernels);
  }

  @Test
  void registersCanBeNarrowed() throws Exception {
    assertThat(outputOfJvm(MODULE, "-Dbatchnorm.kernels.bits=128")).contains("vector (128 bits)");
  }

  @Test
  void refusesRegistersThatTheCpuDoesNotHave() throws Exception {
    String output = outputOfJvm(MODULE, "-Dbatchnorm.kernels.bits=1024");

    assertThat(output)
        .contains("-Dbatchnorm.kernels.bits=1024 is not one of 128, 256, 512")
        .doesNotContain("chose");
  }

  private static String outputOfJvm(String... flags) throws IOException, InterruptedException {
    return OtherJvm.outputOf(ChosenKernels.class, flags);
  }
}
