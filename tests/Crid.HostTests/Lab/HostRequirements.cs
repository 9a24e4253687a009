using System.Runtime.InteropServices;

namespace Crid.HostTests;

/// <summary>What host tests need of the machine; a test that does not get it is skipped with the reason.</summary>
internal static class HostRequirements
{
    /// <summary>Skips the test unless it runs as root inside tests/host-lab.sh with these files present.</summary>
    public static void Require(params string[] files)
    {
        Assert.SkipUnless(Environment.UserName == "root", "host tests need root");
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("CRID_LAB") == "inside",
            "host tests run inside tests/host-lab.sh, so that nothing of them reaches the machine");
        foreach (string file in files)
        {
            Assert.SkipUnless(File.Exists(file), $"'{file}' is missing");
        }
    }

    /// <summary>The first directory above this assembly that holds Cri.sln.</summary>
    public static string FindRepository()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Cri.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("Cri.sln is not above the test's directory");
    }

    /// <summary>Where the programs under test are: $CRID_BIN, else artifacts/bin of the repository, as test.sh publishes them.</summary>
    public static string BinDirectory =>
        Environment.GetEnvironmentVariable("CRID_BIN") ?? Path.Combine(FindRepository(), "artifacts", "bin");

    /// <summary>
    /// Handlers of OCI runtimes other than the distribution's, in the form of the configuration: <c>new-runc</c> and <c>new-crun</c> where
    /// $CRID_TEST_RUNTIMES, by default /opt/runtimes, has them. Older distributions' runtimes lack some features.
    /// </summary>
    public static string ExtraHandlers
    {
        get
        {
            string directory = Environment.GetEnvironmentVariable("CRID_TEST_RUNTIMES") ?? "/opt/runtimes";
            return string.Concat(new[] { "runc", "crun" }
                .Where(name => File.Exists($"{directory}/{name}"))
                .Select(name => $"""
                    [runtimes.handlers.new-{name}]
                    path = "{directory}/{name}"

                    """));
        }
    }

    public static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
}
