namespace Crid.Daemon.Tests;

/// <summary>Where these fail: <c>crid config reference > docs/CONFIGURATION.md</c>, and with <c>--format man > packaging/man/crid-config.toml.5</c>.</summary>
public sealed class ConfigurationReferenceTests
{
    [Fact]
    public void WriteMarkdown_IsThePage() => Assert.Equal(
        File.ReadAllText($"{Repository.Root}/docs/CONFIGURATION.md"),
        ConfigurationReference.WriteMarkdown());

    [Fact]
    public void WriteManual_IsThePage() => Assert.Equal(
        File.ReadAllText($"{Repository.Root}/packaging/man/crid-config.toml.5"),
        ConfigurationReference.WriteManual());
}
