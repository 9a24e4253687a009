namespace Crid.Core.Tests;

public class IdTests
{
    [Fact]
    public void New_IsParsedBack()
    {
        SandboxId id = SandboxId.New();

        Assert.Equal(id, SandboxId.Parse(id.Value));
        Assert.Equal(12, id.Short.Length);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("../../etc")]
    [InlineData("44136FA355B3678A1146AD16F7E8649E94FB4FC21FE77E8310C060F61CAAFF8A")]
    [InlineData("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8")]
    public void TryParse_NotAnId_IsFalse(string? text)
    {
        Assert.False(ContainerId.TryParse(text, out _));
    }

    [Theory]
    [InlineData("sha512:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")]
    [InlineData("sha256:44136fa3")]
    [InlineData("sha256:../4136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")]
    public void BlobDigestTryParse_NotASha256Digest_IsFalse(string text)
    {
        Assert.False(BlobDigest.TryParse(text, out _));
    }

    [Fact]
    public void BlobDigestOf_EmptyJson_IsTheWellKnownDigest()
    {
        Assert.Equal("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", BlobDigest.Of("{}"u8).Value);
    }
}
