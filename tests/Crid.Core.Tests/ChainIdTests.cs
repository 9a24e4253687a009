namespace Crid.Core.Tests;

public class ChainIdTests
{
    private static readonly DiffId First = DiffId.Parse("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    private static readonly DiffId Second = DiffId.Parse("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    [Fact]
    public void ForStack_OneLayer_IsItsDiffId()
    {
        Assert.Equal(First.Value, Assert.Single(ChainId.ForStack([First])).Value);
    }

    [Fact]
    public void ForStack_TwoLayers_HashesParentAndDiffId()
    {
        ChainId top = ChainId.ForStack([First, Second])[1];

        Assert.Equal(BlobDigest.Of(System.Text.Encoding.ASCII.GetBytes($"{First.Value} {Second.Value}")).Value, top.Value);
    }
}
