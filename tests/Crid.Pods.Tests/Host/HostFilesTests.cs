using Crid.Core;
using Crid.Runtimes;
using Crid.Testing;

namespace Crid.Pods.Tests;

public sealed class HostFilesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CridDirectories _directories;

    public HostFilesTests() => _directories = new CridDirectories(_directory.Combine("lib"), _directory.Combine("run"));

    [Fact]
    public void FormatResolvConf_Everything_HasTheLinesInOrder() =>
        Assert.Equal(
            "search a b\nnameserver 1.1.1.1\nnameserver 2.2.2.2\noptions ndots:5 edns0\n",
            SandboxFiles.FormatResolvConf(new DnsSpec(["1.1.1.1", "2.2.2.2"], ["a", "b"], ["ndots:5", "edns0"])));

    [Fact]
    public void FormatResolvConf_Nothing_IsEmpty() => Assert.Equal("", SandboxFiles.FormatResolvConf(new DnsSpec([], [], [])));

    [Fact]
    public void FormatHosts_Addresses_NameThePod() =>
        Assert.EndsWith("\n10.0.0.2\tpod\nfd00::2\tpod\n", SandboxFiles.FormatHosts("pod", ["10.0.0.2", "fd00::2"]), StringComparison.Ordinal);

    [Fact]
    public void SandboxFiles_HostIpc_AreMadeListedAndDeleted()
    {
        SandboxFiles files = new(_directories);
        SandboxId id = SandboxId.New();
        SandboxSpec spec = Lab.SandboxSpec() with
        {
            Dns = new DnsSpec([], [], []),
            Security = new SecuritySpec { Namespaces = new NamespacesSpec { Ipc = NamespaceMode.Node } },
        };
        SandboxEnvironment environment = SandboxPlan.Environment(id, spec, _directories, "node");

        files.Create(spec, environment);
        files.Create(spec, environment);
        files.WriteHosts(environment, ["10.0.0.2"]);

        Assert.Equal([id], files.List());
        Assert.Equal("", File.ReadAllText(environment.ResolvConfPath));
        Assert.Equal("pod\n", File.ReadAllText(environment.HostnamePath));
        Assert.Contains("10.0.0.2\tpod", File.ReadAllText(environment.HostsPath), StringComparison.Ordinal);
        Assert.Equal("644", Convert.ToString((int)File.GetUnixFileMode(environment.HostsPath), 8));
        files.Unmount(id);
        files.Delete(id);
        files.Delete(id);
        Assert.Empty(files.List());
    }

    [Fact]
    public void ContainerFiles_AreMadeListedAndDeleted()
    {
        ContainerFiles files = new(_directories);
        ContainerId id = ContainerId.New();

        files.Create(id, group: null);
        files.CreateLogDirectory(_directory.Combine("log/main/0.log"));
        Directory.CreateDirectory($"{_directories.Containers}/not-an-id");

        Assert.Equal([id], files.List());
        Assert.Equal("700", Convert.ToString((int)File.GetUnixFileMode(_directories.Container(id)), 8));
        Assert.True(Directory.Exists(_directory.Combine("log/main")));
        files.Delete(id);
        files.Delete(id);
        Assert.Empty(files.List());
    }

    [Fact]
    public void RuntimeStateDirectories_HandlersAndIds_AreListed()
    {
        ContainerId id = ContainerId.New();
        Directory.CreateDirectory($"{_directories.Runtimes}/runc/{id}");
        Directory.CreateDirectory($"{_directories.Runtimes}/crun/not-an-id");

        Assert.Equal([new RuntimeState("runc", id)], new RuntimeStateDirectories(_directories).List());
    }

    public void Dispose() => _directory.Dispose();
}
