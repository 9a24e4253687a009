using Crid.Core;
using Crid.Linux;

namespace Crid.HostTests;

/// <summary>Pinned namespaces in a directory of the test's own.</summary>
internal sealed class NamespaceLab : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-ns-").FullName;

    public NamespaceLab()
    {
        HostRequirements.Require("/usr/bin/nsenter", "/usr/sbin/ip");
        Directories = new CridDirectories($"{_directory}/lib", $"{_directory}/run");
        Namespaces = new PinnedNamespaces(Directories, PauseProgram);
        Namespaces.Prepare();
    }

    public static string PauseProgram => System.IO.Path.Combine(HostRequirements.BinDirectory, "crid-pause");

    public CridDirectories Directories { get; }

    public PinnedNamespaces Namespaces { get; }

    public string Path => _directory;

    public async Task<string> CreateNetworkAsync(SandboxId id)
    {
        NamespacePaths paths = await Namespaces.CreateAsync(new NamespaceRequest { Id = id, Network = true }, CancellationToken.None);
        return paths.Network!;
    }

    /// <summary>Mount points below the directory, without the one of the pins' directory itself.</summary>
    public IEnumerable<string> Pins() =>
        Mounts.Read().Select(mount => mount.Mountpoint).Where(path => path.StartsWith(Directories.Namespaces + "/", StringComparison.Ordinal));

    public void Dispose()
    {
        foreach (SandboxId id in Namespaces.List())
        {
            Namespaces.Remove(id);
        }

        Mounts.EnsureUnmounted(Directories.Namespaces, detach: true);
        Directory.Delete(_directory, recursive: true);
    }
}
