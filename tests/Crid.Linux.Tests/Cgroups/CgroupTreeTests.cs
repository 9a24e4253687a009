namespace Crid.Linux.Tests;

/// <summary>On directories that look like cgroups; the host tests use real ones.</summary>
public sealed class CgroupTreeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crid-cgroup-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void OomKills_Unified_ReadsMemoryEvents()
    {
        CgroupTree tree = new(new CgroupLayout([new CgroupHierarchy(_root, [])]));
        Write("pod/c/memory.events", "low 0\nhigh 0\nmax 5\noom 2\noom_kill 3\noom_group_kill 1\n");

        Assert.Equal(3, tree.OomKills("/pod/c"));
        Assert.Equal(0, tree.OomKills("/pod/none"));
    }

    [Fact]
    public void OomKills_Legacy_ReadsOomControl()
    {
        CgroupTree tree = new(new CgroupLayout([new CgroupHierarchy(_root, ["memory"])]));
        Write("c/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");

        Assert.Equal(1, tree.OomKills("c"));
    }

    [Fact]
    public void Processes_NestedCgroups_AreAllListed()
    {
        CgroupTree tree = new(new CgroupLayout([new CgroupHierarchy(_root, [])]));
        Write("pod/cgroup.procs", "10\n0\n");
        Write("pod/c/cgroup.procs", "11\n12\n");

        Assert.Equal([10, 11, 12], tree.Processes("/pod").Order());
        Assert.Empty(tree.Processes("/none"));
    }

    [Fact]
    public void Create_Cpuset_InheritsFromTheParents()
    {
        CgroupTree tree = new(new CgroupLayout([new CgroupHierarchy(_root, ["cpuset"])]));
        Write("cpuset.cpus", "0-3\n");
        Write("cpuset.mems", "0\n");
        foreach (string file in (string[])["a/cpuset.cpus", "a/cpuset.mems", "a/b/cpuset.cpus", "a/b/cpuset.mems"])
        {
            Write(file, "");
        }

        IReadOnlyList<string> files = tree.Create("/a/b");

        Assert.Equal([$"{_root}/a/b/cgroup.procs"], files);
        Assert.Equal(("0-3", "0"), (File.ReadAllText($"{_root}/a/b/cpuset.cpus"), File.ReadAllText($"{_root}/a/b/cpuset.mems")));
    }

    [Theory]
    [InlineData("freezer.state", "FROZEN", "THAWED", "freezer")]
    [InlineData("cgroup.freeze", "1", "0")]
    public void Thaw_FrozenCgroup_RunsWithThoseBelowItAndNoOther(string file, string frozen, string thawed, params string[] controllers)
    {
        CgroupTree tree = new(new CgroupLayout([new CgroupHierarchy(_root, controllers)]));
        foreach (string cgroup in (string[])["pod", "pod/c", "pod/c/nested", "pod/other"])
        {
            Write($"{cgroup}/{file}", frozen);
        }

        tree.Thaw("/pod/c");
        tree.Thaw("/pod/none");

        Assert.Equal((thawed, thawed), (Read("pod/c"), Read("pod/c/nested")));
        Assert.Equal((frozen, frozen), (Read("pod"), Read("pod/other")));

        // Files of cgroups don't grow and shrink as those of a disk do.
        string Read(string cgroup) => File.ReadAllText($"{_root}/{cgroup}/{file}")[..thawed.Length];
    }

    [Fact]
    public void PathOf_NoSuchProcess_IsNull()
    {
        CgroupTree tree = new(new CgroupLayout([new CgroupHierarchy(_root, [])]));

        Assert.Null(tree.PathOf(0x3FFFFFFF));
    }

    [Fact]
    public void Remove_NoSuchCgroup_IsAccepted()
    {
        CgroupTree tree = new(new CgroupLayout([new CgroupHierarchy(_root, [])]));
        Directory.CreateDirectory($"{_root}/a");

        Assert.True(tree.Remove("/a"));
        Assert.True(tree.Remove("/a"));
        Assert.False(tree.Exists("/a"));
    }

    private void Write(string file, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName($"{_root}/{file}")!);
        File.WriteAllText($"{_root}/{file}", content);
    }
}
