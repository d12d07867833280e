package io.batchnorm;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SmokeTest {
  @Test
  void jupiterRuns() {
    assertThat(Integer.parseInt("1")).isEqualTo(1);
  }

  @Property
  void jqwikRuns(@ForAll int x) {
    assertThat(Integer.parseInt(Integer.toString(x))).isEqualTo(x);
  }
}
