using Crid.Core;
using Crid.Linux;

namespace Crid.Runtimes.Tests;

/// <summary>A host whose paths all exist but those below /missing; /link leads to /target, /shared and /slave are such mounts.</summary>
internal sealed class FakeHostFiles : IHostFiles
{
    private static readonly HostDevice[] Nodes =
    [
        Device("/dev/fuse", 10, 229),
        Device("/dev/snd/pcm0", 116, 2),
        Device("/dev/snd/pcm1", 116, 3),
        Device("/dev/vda", 254, 0) with { IsBlock = true, Mode = 0x1B0, Gid = 6 },
    ];

    public Dictionary<string, string> Profiles { get; } = [];

    public HashSet<string> LoadedProfiles { get; } = [];

    public List<string> MadeDirectories { get; } = [];

    /// <summary>A volume whose server does not answer before this is set.</summary>
    public ManualResetEventSlim Answers { get; } = new(initialState: true);

    public string Resolve(string path)
    {
        Answers.Wait();
        return path.StartsWith("/missing", StringComparison.Ordinal)
            ? throw CridException.InvalidArgument($"'{path}' does not exist on the host")
            : path.Replace("/link", "/target", StringComparison.Ordinal);
    }

    public bool Exists(string path) => !path.StartsWith("/missing", StringComparison.Ordinal);

    public HostPropagation PropagationOf(string path) => path switch
    {
        _ when path.StartsWith("/shared", StringComparison.Ordinal) => HostPropagation.Shared,
        _ when path.StartsWith("/slave", StringComparison.Ordinal) => HostPropagation.Slave,
        _ => HostPropagation.Private,
    };

    public IReadOnlyList<HostDevice> Devices(string path) =>
        [.. Nodes.Where(node => node.Path == path || ContainerPath.IsBelow(node.Path, path))];

    public byte[] ReadProfile(string path) => Profiles.TryGetValue(path, out string? content)
        ? System.Text.Encoding.UTF8.GetBytes(content)
        : throw CridException.InvalidArgument($"profile '{path}' does not exist or is not a file");

    public bool IsAppArmorProfileLoaded(string name) => LoadedProfiles.Contains(name);

    public string EnsureDirectory(string root, string path, FileOwner owner)
    {
        MadeDirectories.Add(path);
        return root + path;
    }

    private static HostDevice Device(string path, uint major, uint minor) =>
        new() { Path = path, IsBlock = false, Major = major, Minor = minor, Mode = 0x1B6, Uid = 0, Gid = 0 };
}
