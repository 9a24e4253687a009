using Crid.Core;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>What building a spec reads of the host's file system.</summary>
internal interface IHostFiles
{
    /// <summary>The path with its symbolic links resolved.</summary>
    /// <exception cref="CridException">InvalidArgument: there is nothing.</exception>
    string Resolve(string path);

    bool Exists(string path);

    /// <summary>How mounts made below a path travel: the propagation of the mount that holds it.</summary>
    HostPropagation PropagationOf(string path);

    /// <summary>The device node at a path, or every one below it where it is a directory; paths without symbolic links, in order.</summary>
    IReadOnlyList<HostDevice> Devices(string path);

    /// <exception cref="CridException">InvalidArgument: it can't be read.</exception>
    byte[] ReadProfile(string path);

    /// <summary>Whether an AppArmor profile of that name is loaded.</summary>
    bool IsAppArmorProfileLoaded(string name);

    /// <summary>Makes a directory inside a root file system, following links within it only, and returns where it lies on the host.</summary>
    /// <param name="owner">Whose it will be where it is made.</param>
    string EnsureDirectory(string root, string path, FileOwner owner);
}
