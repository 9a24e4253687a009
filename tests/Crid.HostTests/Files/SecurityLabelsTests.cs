using Crid.Linux;

namespace Crid.HostTests;

/// <summary>Labels on files. The attribute is kept without SELinux, too, but only root may set it.</summary>
public sealed class SecurityLabelsTests : IDisposable
{
    private const string Label = "system_u:object_r:container_file_t:s0:c1,c2";

    private readonly string _root = Directory.CreateTempSubdirectory("crid-labels-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void SetAll_Tree_LabelsAllInItAndFollowsNoLink()
    {
        string outside = Path.Combine(_root, "outside");
        string volume = Path.Combine(_root, "volume");
        string deep = Path.Combine(volume, "a", "b");
        Directory.CreateDirectory(deep);
        File.WriteAllText(outside, "");
        File.WriteAllText(Path.Combine(deep, "file"), "");
        File.CreateSymbolicLink(Path.Combine(deep, "link"), outside);
        Descriptor.EnsureFifo(Path.Combine(deep, "fifo"));

        SecurityLabels.SetAll(volume, Label, TestContext.Current.CancellationToken);
        SecurityLabels.SetAll(volume, Label, TestContext.Current.CancellationToken);

        string[] labelled = [volume, Path.Combine(volume, "a"), deep, .. ((string[])["file", "link", "fifo"]).Select(name => Path.Combine(deep, name))];
        Assert.All(labelled, static path => Assert.Equal(Label, SecurityLabels.Find(path)));
        Assert.NotEqual(Label, SecurityLabels.Find(outside));
    }

    [Fact]
    public void SetAll_File_LabelsIt()
    {
        string file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");

        SecurityLabels.SetAll(file, Label, TestContext.Current.CancellationToken);

        Assert.Equal(Label, SecurityLabels.Find(file));
    }

    [Fact]
    public void SetAll_CancelledWalk_SaysSo()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => SecurityLabels.SetAll(_root, Label, cancelled.Token));
    }
}
