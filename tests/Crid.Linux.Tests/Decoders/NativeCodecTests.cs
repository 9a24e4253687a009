namespace Crid.Linux.Tests;

public sealed class NativeCodecTests
{
    [Fact]
    public void Find_NoSuchLibrary_TellsWhichPackageBringsIt()
    {
        NativeCodec codec = new("libno-such-codec.so.7", "libno-such-codec7");

        Assert.Equal(0, codec.Find("decode"));
        Assert.Equal("libno-such-codec.so.7 can't be loaded; in Debian it comes with libno-such-codec7", codec.Problem);
    }

    [Fact]
    public void Find_NoSuchFunction_NamesTheFirstThatIsMissing()
    {
        NativeCodec codec = new("libc.so.6", "libc6");
        Assert.NotEqual(0, codec.Find("getpid"));
        Assert.Null(codec.Problem);

        Assert.Equal(0, codec.Find("no_such_function"));
        codec.Find("nor_this");

        Assert.Equal("libc.so.6 has no function no_such_function", codec.Problem);
    }
}
