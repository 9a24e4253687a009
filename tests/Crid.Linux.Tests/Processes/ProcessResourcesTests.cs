using System.Net.Sockets;

namespace Crid.Linux.Tests;

public sealed class ProcessResourcesTests
{
    [Fact]
    public void Count_OwnProcess_SeesItsFilesAndSockets()
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        ProcessResources resources = ProcessResources.Count([Environment.ProcessId]);

        Assert.Equal(1, resources.Processes);
        Assert.InRange(resources.Sockets, 1, resources.OpenFiles);
        Assert.InRange(resources.OpenFiles, 4, int.MaxValue);
    }

    [Fact]
    public void Count_ProcessIsGone_IsLeftOut() => Assert.Equal(new ProcessResources(0, 0, 0), ProcessResources.Count([int.MaxValue]));

    [Fact]
    public void FindOpenFilesLimit_OwnProcess_IsThere()
    {
        Assert.InRange(ProcessResources.FindOpenFilesLimit(Environment.ProcessId)!.Value, 1UL, ulong.MaxValue);
        Assert.Null(ProcessResources.FindOpenFilesLimit(int.MaxValue));
    }
}
