using Crid.Api;

namespace Crid.HostTests;

/// <summary>Which AppArmor profile containers run with, by what their requests say.</summary>
public sealed class AppArmorTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const string Enabled = "/sys/module/apparmor/parameters/enabled";
    private const string Default = "crid-default (enforce)\n";
    private const string None = "unconfined\n";

    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public Task Container_RequestSaysNothing_HasTheDefaultProfile() => AssertProfileAsync("nothing", Default, static _ => { });

    [Fact]
    public Task Container_RuntimeDefault_HasTheDefaultProfile() => AssertProfileAsync(
        "default", Default, static security => security.Apparmor = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault });

    [Fact]
    public Task Container_Unconfined_HasNone() => AssertProfileAsync(
        "unconfined", None, static security => security.Apparmor = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.Unconfined });

    [Fact]
    public Task Container_Privileged_HasNone() => AssertProfileAsync("privileged", None, static security => security.Privileged = true);

    private async Task AssertProfileAsync(string name, string expected, Action<LinuxContainerSecurityContext> change)
    {
        Assert.SkipUnless(File.Exists(Enabled) && (await File.ReadAllTextAsync(Enabled, TestContext.Current.CancellationToken)).StartsWith('Y'), "the machine has no AppArmor");
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, $"apparmor-{name}");
        sandbox.Linux.SecurityContext.Privileged = true;
        string sandboxId = await Daemon.RunSandboxAsync(sandbox);
        ContainerConfig container = Requests.Container("main", fixture.Image, "sleep", "1000");
        change(container.Linux.SecurityContext);
        string id = await Daemon.CreateContainerAsync(sandboxId, sandbox, container);
        await Daemon.StartContainerAsync(id);

        Assert.Equal((0, expected, ""), await Daemon.ExecAsync(id, "cat", "/proc/1/attr/current"));
        Assert.Equal((0, expected, ""), await Daemon.ExecAsync(id, "cat", "/proc/self/attr/current"));
        await Daemon.RemoveSandboxAsync(sandboxId);
    }
}
