namespace Crid.Linux.Tests;

public sealed class OverlayMounterTests
{
    [Fact]
    public void FormatOptions_UpperThatIsKept_TurnsOffWhatPointsIntoTheLowers()
    {
        OverlayMount overlay = new() { Lowers = ["/a:b", "/c,d"], Upper = "/upper", Work = "/work", IsUpperKept = true };

        Assert.Equal("lowerdir=/a\\:b:/c\\,d,upperdir=/upper,workdir=/work,metacopy=off,redirect_dir=off,index=off", OverlayMounter.FormatOptions(overlay));
        Assert.Equal("lowerdir=/a\\:b:/c\\,d,upperdir=/upper,workdir=/work", OverlayMounter.FormatOptions(overlay with { IsUpperKept = false }));
    }
}
